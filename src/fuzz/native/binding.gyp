# The fuzz engines' addon: libFuzzer's archive is linked in, so that `vmtbench fuzz` needs no compiler. The set-up names
# the archive (scripts/setup/fuzz.mjs).
{
  'targets': [
    {
      'target_name': 'vmtbench_fuzz',
      'sources': ['fuzz.cc'],
      'include_dirs': [
        '<!(node -p "require(\'node-addon-api\').include_dir")',
      ],
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_DISABLE_DEPRECATED', 'NAPI_DISABLE_CPP_EXCEPTIONS'],
      'cflags!': ['-O3', '-g'],
      'cflags': ['-O2', '-Wall', '-Wextra', '-fvisibility=hidden', '-fPIC'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-O3', '-g'],
      'cflags_cc': ['-std=c++17', '-fno-exceptions', '-fno-rtti'],
      'libraries': [
        '<!(echo "$LIBFUZZER_ARCHIVE")',
        '-lpthread',
        '-lm',
        '-lrt',
      ],
      'ldflags': ['-Wl,--exclude-libs,ALL', '-static-libstdc++', '-static-libgcc', '-s'],
    },
  ],
}
