#include <cblas.h>
#include <lapacke.h>

/// The widest of OpenBLAS's families of kernels that this processor runs, as OPENBLAS_CORETYPE names them; a null pointer
/// where none of them is as wide as AVX2.
static inline const char *planish_widest_core(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw")) {
    return "SkylakeX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return 0;
}
