// Gamma functions of a positive argument on packs and scalars: lgamma, lgamma_dual, digamma, log_minus_digamma,
// trigamma, trigamma_excess, tetragamma, inverse_digamma_start, solve_digamma,
// solve_log_minus_digamma.
#pragma once
#include "natgrad/base/gamma_inverse.hpp"
#include "natgrad/base/lgamma.hpp"
#include "natgrad/base/polygamma.hpp"
