/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_BASE_WIDER_H
#define KMEMSIM_SIM_BASE_WIDER_H

/*
 * WIDER_WHERE_IT_CAN, before a function, makes it twice: for any processor, and
 * for those whose vectors have 32 bytes. The loader takes the copy that suits;
 * both come to the same. Sanitizers are not there yet when it asks.
 */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) &&    \
	!defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WIDER_WHERE_IT_CAN __attribute__((target_clones("avx2", "default")))
#else
#define WIDER_WHERE_IT_CAN
#endif

#endif
