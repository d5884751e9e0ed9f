# One static addon: Unicorn's archive is linked in, so that whoever installs the
# package needs neither a compiler nor libunicorn.
{
  'targets': [
    {
      'target_name': 'vmtbench',
      'sources': [
        'stubs.c',
        '<!@(node -p "require(\'node:fs\').readdirSync(\'.\').filter((name) => name.endsWith(\'.cc\')).sort().join(\' \')")',
      ],
      'include_dirs': [
        '<!(node -p "require(\'node-addon-api\').include_dir")',
        '<!@(pkg-config --variable=includedir unicorn)',
      ],
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_DISABLE_DEPRECATED', 'NAPI_DISABLE_CPP_EXCEPTIONS'],
      # A C++ exception must never try to cross Unicorn's C frames, hence none exist: a
      # JavaScript exception stays pending until the run has returned.
      'cflags!': ['-O3', '-g'],
      'cflags': ['-O2', '-Wall', '-Wextra', '-fvisibility=hidden', '-ffunction-sections', '-fdata-sections', '-fPIC'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-O3', '-g'],
      'cflags_cc': ['-std=c++17', '-fno-exceptions', '-fno-rtti'],
      'libraries': [
        '<!(pkg-config --variable=libdir unicorn)/libunicorn.a',
        '-lpthread',
        '-lm',
      ],
      'ldflags': [
        '-Wl,--gc-sections',
        '-Wl,--exclude-libs,ALL',
        # Unicorn aborts where it cannot translate an instruction: see abort.cc.
        '-Wl,--wrap=abort',
        # It looks for code that a store makes stale where there is none: see data-store.cc.
        '-Wl,--wrap=page_collection_lock_x86_64',
        '-Wl,--wrap=page_collection_unlock_x86_64',
        '-Wl,--wrap=tb_invalidate_phys_page_fast_x86_64',
        '-static-libstdc++',
        '-static-libgcc',
        '-s',
      ],
    },
  ],
}
