/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_BASE_WIDER_H
#define KMEMSIM_SIM_BASE_WIDER_H

/*
 * WIDER_WHERE_IT_CAN, before a function, compiles it twice: for any processor,
 * and for those with AVX2, whose vectors have 32 bytes. The loader picks a
 * copy; both have the same results. Not under sanitizers, which are not
 * initialised yet when the loader asks.
 */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) &&    \
	!defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WIDER_WHERE_IT_CAN __attribute__((target_clones("avx2", "default")))
#else
#define WIDER_WHERE_IT_CAN
#endif

#endif
