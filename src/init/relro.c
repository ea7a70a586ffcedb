/*
 * Makes memory read-only that relocation has written: tables of functions and the GOT (RELRO). A dynamic loader does
 * that for its programs, and glibc for static ones; musl does not.
 */
#include "init.h"

#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

extern const ElfW (Ehdr) __ehdr_start __attribute__ ((visibility ("hidden"))); /* the linker's */

int
protect_relocated (void)
{
  const char *start = (const char *)&__ehdr_start; /* where a position-independent program's address 0 is */
  const ElfW (Phdr) *header = (const void *)(start + __ehdr_start.e_phoff);
  const uintptr_t page = getauxval (AT_PAGESZ);
  for (unsigned i = 0; i < __ehdr_start.e_phnum; i++)
    if (header[i].p_type == PT_GNU_RELRO)
      {
        uintptr_t from = (uintptr_t)start + header[i].p_vaddr, end = from + header[i].p_memsz;
        from &= ~(page - 1), end &= ~(page - 1);
        return end > from ? mprotect ((void *)from, end - from, PROT_READ) : 0;
      }
  return 0;
}
