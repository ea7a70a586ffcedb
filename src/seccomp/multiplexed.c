/*
 * Calls behind socketcall(2) and ipc(2): the value of argument 0 for each, and its number as a direct system call, or 0
 * if there is none. rules.c applies a rule to both forms, and src/profile/explain.c names the call. libseccomp invents
 * numbers for these calls on the architectures that have a multiplexer. The numbers here are the kernel's, from the
 * syscall.tbl of each architecture.
 */
#include "filter.h"

#include <string.h>

static const struct multiplexed_call calls[] = {
  { "socket", false, 1, 359, 359, 326, 4183 },
  { "bind", false, 2, 361, 361, 327, 4169 },
  { "connect", false, 3, 362, 362, 328, 4170 },
  { "listen", false, 4, 363, 363, 329, 4174 },
  { "accept", false, 5, 0, 0, 330, 4168 },
  { "getsockname", false, 6, 367, 367, 331, 4172 },
  { "getpeername", false, 7, 368, 368, 332, 4171 },
  { "socketpair", false, 8, 360, 360, 333, 4184 },
  { "send", false, 9, 0, 0, 334, 4178 },
  { "recv", false, 10, 0, 0, 336, 4175 },
  { "sendto", false, 11, 369, 369, 335, 4180 },
  { "recvfrom", false, 12, 371, 371, 337, 4176 },
  { "shutdown", false, 13, 373, 373, 338, 4182 },
  { "setsockopt", false, 14, 366, 366, 339, 4181 },
  { "getsockopt", false, 15, 365, 365, 340, 4173 },
  { "sendmsg", false, 16, 370, 370, 341, 4179 },
  { "recvmsg", false, 17, 372, 372, 342, 4177 },
  { "accept4", false, 18, 364, 364, 344, 4334 },
  { "recvmmsg", false, 19, 337, 357, 343, 4335 },
  { "sendmmsg", false, 20, 345, 358, 349, 4343 },
  { "semop", true, 1, 0, 0, 0, 0 },
  { "semget", true, 2, 393, 393, 393, 4393 },
  { "semctl", true, 3, 394, 394, 394, 4394 },
  { "semtimedop", true, 4, 0, 392, 392, 0 },
  { "msgsnd", true, 11, 400, 400, 400, 4400 },
  { "msgrcv", true, 12, 401, 401, 401, 4401 },
  { "msgget", true, 13, 399, 399, 399, 4399 },
  { "msgctl", true, 14, 402, 402, 402, 4402 },
  { "shmat", true, 21, 397, 397, 397, 4397 },
  { "shmdt", true, 22, 398, 398, 398, 4398 },
  { "shmget", true, 23, 395, 395, 395, 4395 },
  { "shmctl", true, 24, 396, 396, 396, 4396 },
};

const struct multiplexed_call *
multiplexed_of_name (const char *name)
{
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    if (strcmp (calls[i].name, name) == 0)
      return &calls[i];
  return NULL;
}

const struct multiplexed_call *
multiplexed_of_call (bool ipc, uint64_t call)
{
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    if (calls[i].ipc == ipc && calls[i].call == call)
      return &calls[i];
  return NULL;
}

int
multiplexed_number (const struct multiplexed_call *call, const struct arch *arch)
{
  if (!arch->wide && strcmp (call->name, "semtimedop") == 0)
    return 0; /* 32-bit kernels have only semtimedop_time64 */
  if (strcmp (arch->name, "SCMP_ARCH_X86") == 0)
    return call->x86;
  if (strncmp (arch->name, "SCMP_ARCH_S390", 14) == 0)
    return call->s390;
  if (strncmp (arch->name, "SCMP_ARCH_PPC", 13) == 0)
    return call->powerpc;
  return strncmp (arch->name, "SCMP_ARCH_MIPS", 14) == 0 ? call->mips : 0;
}
