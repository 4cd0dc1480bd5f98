#pragma once

namespace natgrad {

/// The BLAS and LAPACK routines that large matrices are handed to, by their Fortran signatures. The core calls them on
/// whole column-major matrices (leading dimensions equal to the rows) and their upper triangles (uplo U), symm from the
/// left, trsm from the left and transposed, syevd with eigenvectors or without.
template <class S>
struct Blas {
  using Potrf = void (*)(char* uplo, int* n, S* a, int* lda, int* info);
  using Potri = void (*)(char* uplo, int* n, S* a, int* lda, int* info);
  using Symm = void (*)(char* side, char* uplo, int* m, int* n, S* alpha, S* a, int* lda, S* b, int* ldb, S* beta, S* c,
                        int* ldc);
  using Syevd = void (*)(char* jobz, char* uplo, int* n, S* a, int* lda, S* w, S* work, int* lwork, int* iwork,
                         int* liwork, int* info);
  using Trsm = void (*)(char* side, char* uplo, char* trans, char* diag, int* m, int* n, S* alpha, S* a, int* lda, S* b,
                        int* ldb);
  Potrf potrf;
  Potri potri;
  Symm symm;
  Syevd syevd;
  Trsm trsm;
};

/// The table in force for S = double or float. Defined by whoever has the routines: eigen_blas.cpp where the core
/// stands alone; the Python package takes those of SciPy, so that there is no second BLAS in the process.
template <class S>
const Blas<S>& blas();

}  // namespace natgrad
