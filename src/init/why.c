/*
 * Why execve refused a file that is there, for the error's hint: it is not executable, it is no program of this
 * machine, or what would run it is missing. All of that is in its first page, and in that of its interpreter. The files
 * are the image's: only regular ones are opened, with the program's rights and without waiting, and nothing else is
 * read. execve has just read the same page, so a file system that does not answer has held it up already.
 */
#include "init.h"
#include "syscalls.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define DEPTH_MAX 5    /* the kernel follows as many interpreters */
#define LINE_SEEN 256  /* of a script's first line, by the kernel */
#define HEADERS_MAX 64 /* of a program; there are about a dozen */

struct seen
{
  unsigned mode;
  size_t size;
  unsigned char bytes[4096 + 1]; /* with a NUL after them */
};

struct hint
{
  struct init *init;
  size_t used;
};

static void
add_words (struct hint *hint, const char *text)
{
  struct error *error = &hint->init->page->error;
  hint->used = text_append (error->hint, sizeof error->hint, hint->used, text);
}

/* What is said about the program itself, or about its interpreter. */
static void
say_of (struct hint *hint, const char *kind, const char *path, const char *text)
{
  add_words (hint, kind[0] ? "its " : "it");
  add_words (hint, kind);
  if (kind[0])
    {
      add_words (hint, " ");
      add_words (hint, path);
    }
  add_words (hint, text);
}

static int
open_plain (const char *path, int flags)
{
  return RETRY (sys_openat2 (AT_FDCWD, path, (uint64_t)flags | O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS));
}

static int
mode_of (int fd, unsigned *out)
{
  struct statx status = { 0 };
  if (syscall (SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE, &status) < 0)
    return -1;
  *out = status.stx_mode;
  return 0;
}

/* Checked before it is opened, because a device may act on that, and after it, because the name may have changed. 0, or
 * -1 with errno; then the mode is that of what is there, or 0. */
static int
look (const char *path, struct seen *out)
{
  int fd = open_plain (path, O_PATH);
  out->mode = 0;
  if (fd < 0)
    return -1;
  int result = mode_of (fd, &out->mode);
  (void)close (fd);
  if (result < 0 || !S_ISREG (out->mode))
    {
      errno = EACCES;
      return -1;
    }
  fd = open_plain (path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return -1;
  ssize_t size = -1;
  if (mode_of (fd, &out->mode) == 0 && S_ISREG (out->mode))
    size = syscall (SYS_pread64, fd, out->bytes, sizeof out->bytes - 1, 0, 0);
  (void)close (fd);
  out->size = size > 0 ? (size_t)size : 0;
  out->bytes[out->size] = '\0';
  return size < 0 ? -1 : 0;
}

/* ---- scripts -------------------------------------------------------------------------------------------------- */

/* The interpreter as the kernel finds it: the first word. */
static const char *
interpreter_of (const struct seen *seen, char out[LINE_SEEN])
{
  const char *from = (const char *)seen->bytes + 2;
  from += strspn (from, " \t");
  size_t length = strcspn (from, " \t\n");
  if (length >= LINE_SEEN)
    length = LINE_SEEN - 1;
  memcpy (out, from, length);
  out[length] = '\0';
  return out;
}

/* ---- ELF ------------------------------------------------------------------------------------------------------ */

struct header /* what a program header has to say, of either class */
{
  uint64_t type, offset, size;
};

static int
is_elf (const struct seen *seen)
{
  return seen->size >= EI_NIDENT && memcmp (seen->bytes, ELFMAG, SELFMAG) == 0;
}

static const char *
machine_name (unsigned machine) /* 258: older elf.h lack EM_LOONGARCH */
{
  static const struct
  {
    uint16_t machine;
    char name[14];
  } names[] = { { EM_X86_64, "x86_64" }, { EM_386, "i386" },    { EM_AARCH64, "aarch64" }, { EM_ARM, "arm" },
                { EM_RISCV, "riscv" },   { EM_PPC64, "ppc64" }, { EM_PPC, "ppc" },         { EM_S390, "s390x" },
                { 258, "loongarch" },    { EM_MIPS, "mips" },   { EM_SPARCV9, "sparc64" } };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].machine == machine)
      return names[i].name;
  return "another processor";
}

/* In an ELF header of either class and byte order. */
static unsigned
machine_of (const unsigned char *elf)
{
  const unsigned char *at = elf + offsetof (Elf64_Ehdr, e_machine);
  return elf[EI_DATA] == ELFDATA2MSB ? (unsigned)at[0] << 8 | at[1] : (unsigned)at[1] << 8 | at[0];
}

static int
header_at (const struct seen *seen, size_t index, struct header *out)
{
  if (seen->bytes[EI_CLASS] == ELFCLASS64)
    {
      Elf64_Ehdr elf;
      Elf64_Phdr header;
      memcpy (&elf, seen->bytes, sizeof elf);
      if (index >= elf.e_phnum || elf.e_phoff > sizeof seen->bytes
          || elf.e_phoff + (index + 1) * sizeof header > seen->size)
        return 0;
      memcpy (&header, seen->bytes + elf.e_phoff + index * sizeof header, sizeof header);
      *out = (struct header){ header.p_type, header.p_offset, header.p_filesz };
      return 1;
    }
  Elf32_Ehdr elf;
  Elf32_Phdr header;
  memcpy (&elf, seen->bytes, sizeof elf);
  if (index >= elf.e_phnum || elf.e_phoff > sizeof seen->bytes
      || elf.e_phoff + (index + 1) * sizeof header > seen->size)
    return 0;
  memcpy (&header, seen->bytes + elf.e_phoff + index * sizeof header, sizeof header);
  *out = (struct header){ header.p_type, header.p_offset, header.p_filesz };
  return 1;
}

/* NULL: it has none, or not in its first page. */
static const char *
loader_of (const struct seen *seen)
{
  struct header header;
  if (seen->size < sizeof (Elf64_Ehdr))
    return NULL;
  for (size_t i = 0; i < HEADERS_MAX && header_at (seen, i, &header); i++)
    if (header.type == PT_INTERP && header.size > 1 && header.offset < seen->size
        && header.size <= seen->size - header.offset && !seen->bytes[header.offset + header.size - 1])
      return (const char *)seen->bytes + header.offset;
  return NULL;
}

extern const unsigned char __ehdr_start[] __attribute__ ((visibility ("hidden"))); /* husk-init's own, by the linker */

static void
say_of_elf (struct hint *hint, const char *kind, const char *path, const struct seen *seen)
{
  unsigned machine = machine_of (seen->bytes), own = machine_of (__ehdr_start);
  if (seen->size < sizeof (Elf32_Ehdr))
    say_of (hint, kind, path, " is cut off within its ELF header");
  else if (machine != own)
    {
      say_of (hint, kind, path, " is for ");
      add_words (hint, machine_name (machine));
      add_words (hint, ", this machine is ");
      add_words (hint, machine_name (own));
    }
  else
    say_of (hint, kind, path, " is an ELF file that the kernel cannot run: is it a whole program?");
}

/* ---- what is said --------------------------------------------------------------------------------------------- */

static void
say_of_content (struct hint *hint, const char *kind, const char *path, const struct seen *seen)
{
  if (is_elf (seen))
    say_of_elf (hint, kind, path, seen);
  else if (seen->size == 0)
    say_of (hint, kind, path, " is empty");
  else if (memcmp (seen->bytes, "\xef\xbb\xbf#!", 5) == 0)
    say_of (hint, kind, path, " has a byte order mark before \"#!\": remove it");
  else if (memcmp (seen->bytes, "#!", 2) == 0)
    say_of (hint, kind, path, " has no interpreter in its \"#!\" line");
  else
    say_of (hint, kind, path, " is not an ELF file and has no \"#!\" line: a script begins with one, as #!/bin/sh");
}

static void
say_of_mode (struct hint *hint, const char *kind, const char *path, unsigned mode)
{
  static const char digits[] = "01234567";
  char octal[] = { digits[mode >> 6 & 7], digits[mode >> 3 & 7], digits[mode & 7], '\0' };
  struct statvfs system;
  int fd = open_plain (path, O_PATH);
  int noexec = fd >= 0 && fstatvfs (fd, &system) == 0 && system.f_flag & ST_NOEXEC;
  if (fd >= 0)
    (void)close (fd);
  if (!S_ISREG (mode))
    say_of (hint, kind, path, S_ISFIFO (mode) ? " is a FIFO" : " is not a regular file");
  else if (noexec)
    say_of (hint, kind, path, " is on a file system that is mounted noexec");
  else
    {
      say_of (hint, kind, path, " has mode ");
      add_words (hint, octal);
      add_words (hint, mode & 0111 ? ": this user may not execute it" : ": chmod +x makes it executable");
    }
}

/* The file can be executed: a security module has refused. */
static void
say_of_label (struct hint *hint)
{
  add_words (hint, "does the policy let it start with the label ");
  add_words (hint, hint->init->label);
  add_words (hint, "? the kernel's log has what was denied");
}

static void
say_of_missing (struct hint *hint, const char *kind, const char *path)
{
  size_t length = strlen (path);
  if (length > 0 && path[length - 1] == '\r')
    add_words (hint, "its first line ends with a carriage return: use dos2unix");
  else if (path[0] != '/')
    say_of (hint, kind, path, " is not an absolute path");
  else
    say_of (hint, kind, path, " is not in the root file system");
}

static int
is_script (const struct seen *seen)
{
  return seen->bytes[0] == '#' && seen->bytes[1] == '!';
}

void
explain_exec (struct init *init, int code, const char *program)
{
  struct seen seen;
  struct hint hint = { init, 0 };
  char path[LINE_SEEN];
  const char *kind = "", *at = program;
  /* EPERM: noNewPrivileges, and SELinux's policy does not let the label change with it */
  bool known = code == ENOEXEC || code == ENOENT || code == EACCES || code == ELIBBAD || (code == EPERM && init->label);
  if (init->page->error.hint[0] || !known)
    return;
  if (code == EPERM)
    return say_of_label (&hint);
  for (int depth = 0; depth < DEPTH_MAX; depth++)
    {
      if (look (at, &seen) < 0)
        {
          if (errno == ENOENT && depth > 0)
            say_of_missing (&hint, kind, at);
          else if (errno == EACCES && code == EACCES && seen.mode)
            say_of_mode (&hint, kind, at, seen.mode);
          else if (errno == EACCES && code == EACCES)
            say_of (&hint, kind, at, " is in a directory that this user may not search");
          return;
        }
      if (code == EACCES && syscall (SYS_faccessat2, AT_FDCWD, at, X_OK, AT_EACCESS) < 0)
        return say_of_mode (&hint, kind, at, seen.mode);
      const char *next = is_script (&seen) ? interpreter_of (&seen, path) : NULL;
      const char *loader = next || !is_elf (&seen) ? NULL : loader_of (&seen);
      if ((!next || !*next) && (!loader || code == ENOEXEC))
        return code == EACCES && init->label ? say_of_label (&hint) : say_of_content (&hint, kind, at, &seen);
      kind = next ? "interpreter" : "loader";
      if (loader)
        (void)text_append (path, sizeof path, 0, loader);
      at = path;
    }
}
