/*
 * What glibc does before main and musl does not, in a static program: the tables that hold addresses become read-only
 * (RELRO). And what makes musl's malloc as cheap as glibc's for a program that ends soon.
 */
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

extern const ElfW (Ehdr) __ehdr_start __attribute__ ((visibility ("hidden"))); /* the linker's */

__attribute__ ((constructor)) static void
protect_tables (void)
{
  const char *start = (const char *)&__ehdr_start;
  const ElfW (Phdr) *header = (const void *)(start + __ehdr_start.e_phoff);
  const uintptr_t page = getauxval (AT_PAGESZ), moved = __ehdr_start.e_type == ET_EXEC ? 0 : (uintptr_t)start;
  for (unsigned i = 0; i < __ehdr_start.e_phnum; i++)
    if (header[i].p_type == PT_GNU_RELRO)
      {
        uintptr_t from = moved + header[i].p_vaddr, end = from + header[i].p_memsz;
        from &= ~(page - 1), end &= ~(page - 1);
        if (end <= from || mprotect ((void *)from, end - from, PROT_READ) == 0)
          continue;
        (void)dprintf (2, "husk: error: make tables read-only: %s\n", strerror (errno));
        _exit (1);
      }
}

/* musl gives a page back as soon as nothing in it is in use, and takes one for the next allocation. husk allocates
 * little at a time, so it would do that each time: a small allocation that stays keeps the page. */
static void *volatile kept;

__attribute__ ((constructor)) static void
keep_page (void)
{
  kept = malloc (1);
}
