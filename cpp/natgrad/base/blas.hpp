#pragma once

namespace natgrad {

/// The BLAS and LAPACK routines large matrices are handed to, by their Fortran signatures; null means that Eigen does
/// it. A host that has a BLAS in its process fills the table once, before any other call (the Python package takes
/// SciPy's, so that there is no second BLAS in the process).
template <class S>
struct Blas {
  using Potrf = void (*)(char* uplo, int* n, S* a, int* lda, int* info);
  using Potri = void (*)(char* uplo, int* n, S* a, int* lda, int* info);
  using Symm = void (*)(char* side, char* uplo, int* m, int* n, S* alpha, S* a, int* lda, S* b, int* ldb, S* beta, S* c,
                        int* ldc);
  using Trsm = void (*)(char* side, char* uplo, char* trans, char* diag, int* m, int* n, S* alpha, S* a, int* lda, S* b,
                        int* ldb);
  Potrf potrf = nullptr;
  Potri potri = nullptr;
  Symm symm = nullptr;
  Trsm trsm = nullptr;
};

/// The table in force for S = double or float.
template <class S>
Blas<S>& blas();

}  // namespace natgrad
