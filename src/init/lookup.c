/*
 * Finds the program while husk-init still has its rights, with errors in the words that clients match, and checks it
 * again with the program's rights. Its name may come from the image, so no link in /proc to an open file, a root or a
 * working directory may lead to it.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Resolves path as execve will, but follows no links in /proc. A relative path starts at the working directory, without
 * RESOLVE_IN_ROOT: that would make the directory the root and change what ".." means. */
static int
open_program (struct init *init, const char *path, int flags)
{
  int fd;
  if (path[0] == '/')
    return path_open (init, path, O_PATH | flags);
  do
    fd = sys_openat2 (AT_FDCWD, path, (uint64_t)flags | O_PATH | O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS);
  while (fd < 0 && (errno == EINTR || errno == EAGAIN));
  return fd;
}

/* 0: it is a program; else the errno that explains why not. */
static int
why_not (struct init *init, const char *path)
{
  struct stat status;
  int fd = open_program (init, path, 0), why = 0;
  if (fd < 0)
    return errno;
  if (fstat (fd, &status) < 0)
    why = errno;
  else if (S_ISDIR (status.st_mode))
    why = EISDIR;
  else if (!S_ISREG (status.st_mode)
           || (syscall (SYS_faccessat2, fd, "", X_OK, AT_EMPTY_PATH) < 0 && errno == EACCES)) /* else execve decides */
    why = EACCES;
  (void)close (fd);
  return why;
}

/* Reports the link, with its target if it is the last component. Always returns -1. */
static int
fail_link (struct init *init, const char *what, const char *path)
{
  char target[256];
  int link = open_program (init, path, O_NOFOLLOW);
  ssize_t size = link >= 0 ? readlinkat (link, "", target, sizeof target - 1) : -1;
  if (link >= 0)
    (void)close (link);
  target[size > 0 ? size : 0] = '\0';
  (void)fail (init, ELOOP, what, size > 0 ? ": it is a link to " : "", target);
  init_hint (init, "links in /proc to a process's open files (fd, root, cwd, exe) are not followed");
  return -1;
}

struct quotation
{
  char text[4096];
};

static const char *
quote_program (struct quotation *out, const char *file)
{
  size_t used = text_append (out->text, sizeof out->text, 0, "exec: \"");
  used = text_append (out->text, sizeof out->text, used, file);
  (void)text_append (out->text, sizeof out->text, used, "\"");
  return out->text;
}

/* ["echo", "ok"], if the name has a space. Returns whether it has one. */
static int
hint_words (struct init *init, const char *file)
{
  char *hint = init->page->error.hint, letter[2] = "";
  const size_t size = sizeof init->page->error.hint;
  if (!strchr (file, ' '))
    return 0;
  size_t used = text_append (hint, size, 0, "each argument is an entry of its own: [\"");
  for (; *file; file++)
    {
      letter[0] = *file;
      used = text_append (hint, size, used, *file == ' ' ? "\", \"" : letter);
    }
  (void)text_append (hint, size, used, "\"]");
  return 1;
}

static void
hint_path (struct init *init, const char *path)
{
  size_t used = text_append (init->page->error.hint, sizeof init->page->error.hint, 0, "PATH is ");
  (void)text_append (init->page->error.hint, sizeof init->page->error.hint, used, path);
}

/* The name does not exist: it may be a whole command line, or a link to nothing. */
static void
hint_missing (struct init *init, const char *file)
{
  char target[128];
  if (hint_words (init, file))
    return;
  int link = open_program (init, file, O_NOFOLLOW);
  ssize_t size = link >= 0 ? readlinkat (link, "", target, sizeof target - 1) : -1;
  if (link >= 0)
    (void)close (link);
  target[size > 0 ? size : 0] = '\0';
  size_t used = text_append (init->page->error.hint, sizeof init->page->error.hint, 0,
                             size > 0 ? "it is a link to " : "it is not in the root file system");
  used = text_append (init->page->error.hint, sizeof init->page->error.hint, used, target);
  if (size > 0)
    (void)text_append (init->page->error.hint, sizeof init->page->error.hint, used,
                       ", which is not in the root file system");
}

static int
fail_program (struct init *init, const char *file, int why)
{
  struct quotation what;
  (void)quote_program (&what, file);
  init_kind (init, error_kind_of_exec (why));
  if (why == ELOOP)
    return fail_link (init, what.text, file);
  if (why == EACCES)
    explain_exec (init, why, file);
  if (why == EACCES || why == EISDIR)
    return fail (init, why, what.text);
  if (why == ENOENT)
    hint_missing (init, file);
  return fail (init, why, what.text, ": stat ", file);
}

static int
find_in_path (struct init *init, const char *file, const char *path)
{
  char *candidate = init->program_buffer;
  size_t size = sizeof init->program_buffer;
  const char *searched = path;
  int denied = 0;
  while (*path)
    {
      const char *end = strchr (path, ':');
      size_t length = end ? (size_t)(end - path) : strlen (path);
      if (length > 0 && length + strlen (file) + 2 < size)
        {
          memcpy (candidate, path, length);
          candidate[length] = '\0';
          size_t used = text_append (candidate, size, length, "/");
          (void)text_append (candidate, size, used, file);
          int why = why_not (init, candidate);
          if (why == 0)
            {
              init->program = candidate;
              init_hint (init, "");
              return 0;
            }
          if (why == ELOOP)
            return fail_program (init, candidate, why);
          if (why == EACCES && !denied++)
            explain_exec (init, why, candidate);
        }
      path += length + (end != NULL);
    }
  if (denied)
    return fail_exec (init, EACCES, file, "\"");
  if (!hint_words (init, file))
    hint_path (init, searched);
  return fail_exec (init, 0, file, "\": executable file not found in $PATH");
}

int
step_lookup (struct init *init)
{
  const struct plan_exec *exec = init->step->exec;
  if (root_of (init) < 0)
    return fail (init, errno, "open /");
  if (!strchr (exec->file, '/'))
    return find_in_path (init, exec->file, exec->path ? exec->path : DEFAULT_PATH);
  int why = why_not (init, exec->file);
  init->program = exec->file;
  return why ? fail_program (init, exec->file, why) : 0;
}

int
prove_program (struct init *init, const char *what, const char *path)
{
  int fd = open_program (init, path, 0);
  if (fd < 0)
    return errno == ELOOP ? fail_link (init, what, path) : fail (init, errno, what);
  (void)close (fd);
  close_root (init);
  return 0;
}

/* The last name resolution before execve's own. In between the name may change, but execve can then find only what the
 * program itself could, because nothing else is open. */
int
step_prove (struct init *init)
{
  struct quotation what;
  if (prove_program (init, quote_program (&what, init->step->exec->file), init->program) == 0)
    return 0;
  init_kind (init, error_kind_of_exec (init->page->error.code));
  return -1;
}
