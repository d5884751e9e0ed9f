# One static addon: Unicorn's archive is linked in, so that the package
# needs neither a compiler nor libunicorn. The set-up names which (scripts/setup/unicorn.mjs).
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
        '<!(echo "$UNICORN_INCLUDE")',
      ],
      # The last: a thread that is to end refuses every exception; that must not end the process.
      'defines': [
        'NAPI_VERSION=8',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        'NAPI_DISABLE_CPP_EXCEPTIONS',
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      # A C++ exception must never try to cross Unicorn's C frames, hence none exist: a
      # JavaScript exception stays pending until the run has returned.
      'cflags!': ['-O3', '-g'],
      'cflags': ['-O2', '-Wall', '-Wextra', '-fvisibility=hidden', '-ffunction-sections', '-fdata-sections', '-fPIC'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-O3', '-g'],
      'cflags_cc': ['-std=c++17', '-fno-exceptions', '-fno-rtti'],
      'libraries': [
        '<!(echo "$UNICORN_ARCHIVE")',
        '-lpthread',
        '-lm',
      ],
      'ldflags': [
        '-Wl,--gc-sections',
        '-Wl,--exclude-libs,ALL',
        # Unicorn aborts where it cannot translate an instruction: see abort.cc.
        '-Wl,--wrap=abort',
        # The rest: leave.cc, outside.cc, self-modifying.cc, clock.cc, translation.cc, temporaries.cc, cmpxchg.cc,
        # debug-registers.cc.
        '-Wl,--wrap=cpu_exec_x86_64',
        '-Wl,--wrap=helper_ret_ldub_mmu_x86_64',
        '-Wl,--wrap=helper_le_lduw_mmu_x86_64',
        '-Wl,--wrap=helper_le_ldul_mmu_x86_64',
        '-Wl,--wrap=helper_le_ldq_mmu_x86_64',
        '-Wl,--wrap=helper_be_lduw_mmu_x86_64',
        '-Wl,--wrap=helper_be_ldul_mmu_x86_64',
        '-Wl,--wrap=helper_be_ldq_mmu_x86_64',
        '-Wl,--wrap=cpu_loop_exit_restore_x86_64',
        '-Wl,--wrap=cpu_loop_exit_noexc_x86_64',
        '-Wl,--wrap=helper_rdtsc_x86_64',
        '-Wl,--wrap=translator_loop_x86_64',
        '-Wl,--wrap=cpu_ldub_code_x86_64',
        '-Wl,--wrap=cpu_ldl_code_x86_64',
        '-Wl,--wrap=tcg_temp_new_internal_x86_64',
        '-Wl,--wrap=tcg_temp_free_internal_x86_64',
        '-Wl,--wrap=tcg_const_i32_x86_64',
        '-Wl,--wrap=tcg_const_i64_x86_64',
        '-Wl,--wrap=helper_cmpxchg8b_unlocked_x86_64',
        '-Wl,--wrap=helper_cmpxchg16b_unlocked_x86_64',
        '-Wl,--wrap=tcg_gen_movcond_i64_x86_64',
        '-Wl,--wrap=tcg_gen_ext32u_i64_x86_64',
        '-Wl,--wrap=tcg_gen_atomic_cmpxchg_i64_x86_64',
        '-Wl,--wrap=helper_get_dr_x86_64',
        '-Wl,--wrap=helper_set_dr_x86_64',
        '-static-libstdc++',
        '-static-libgcc',
        '-s',
      ],
    },
  ],
}
