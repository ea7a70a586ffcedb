/*
 * SANITIZED: whether the address sanitizer is compiled in, which makes system calls of its own and ends the process
 * where memory runs out. clang and gcc say so differently.
 */
#ifndef HUSK_UNIT_SANITIZED_H
#define HUSK_UNIT_SANITIZED_H

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if !defined SANITIZED && defined __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif !defined SANITIZED
#define SANITIZED 0
#endif

#endif
