/* SPDX-License-Identifier: MIT */
/* The textbook distributions the tests need: normal, binomial, Student's t. */
#pragma once

double normal_cdf(double z);
/* p in (0, 1); by bisection of normal_cdf, exact to about 1e-12. */
double normal_quantile(double p);
/* P(X <= k) for X ~ Binomial(n, 1/2). */
double fair_coin_cdf(unsigned n, int k);
/* By the incomplete beta function (continued fraction, Abramowitz & Stegun 26.5.8, 26.7.1). */
double student_cdf(double t, double df);
double student_quantile(double p, double df);
