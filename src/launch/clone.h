/*
 * The clone of a child that executes another program at once, and of a thread that makes a few system calls.
 */
#ifndef HUSK_LAUNCH_CLONE_H
#define HUSK_LAUNCH_CLONE_H

#include <linux/sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* clone3(2) for a child that calls body, which must not return. With `shared` it has the caller's memory, and the
 * caller sleeps until it has executed a program or ended: body must not wait for the caller, and leaves no change in
 * memory that the caller would mind. Returns the pid, or -1 with errno. */
long clone_child (struct clone_args *arguments, bool shared, void (*body) (void *data), void *data);

/* Begins a thread that calls body, which must end by SYS_exit; the kernel then clears *alive, which must not be 0
 * before, and wakes who waits for it (futex(2)). It shares everything with its caller, libc's errno too: body makes
 * system calls by call_raw alone, and no signal is delivered to it. 0, or -1: there is no such thread. */
int clone_thread (void *stack, size_t size, pid_t *alive, void (*body) (void *data), void *data);

/* A system call that leaves errno alone: the result, or -errno. */
static inline __attribute__ ((always_inline)) long
call_raw (long number, long first, long second, long third, long fourth)
{
#if defined __x86_64__
  register long fourth_place __asm__("r10") = fourth;
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(first), "S"(second), "d"(third), "r"(fourth_place)
                   : "rcx", "r11", "memory");
  return number;
#elif defined __aarch64__
  register long which __asm__("x8") = number;
  register long result __asm__("x0") = first;
  register long second_place __asm__("x1") = second, third_place __asm__("x2") = third,
                             fourth_place __asm__("x3") = fourth;
  __asm__ volatile("svc #0"
                   : "+r"(result)
                   : "r"(which), "r"(second_place), "r"(third_place), "r"(fourth_place)
                   : "memory", "cc");
  return result;
#else
  (void)number, (void)first, (void)second, (void)third, (void)fourth;
  return -1; /* clone_thread makes no thread here */
#endif
}

#endif
