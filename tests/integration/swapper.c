/*
 * Opens one of two files again and again while a thread swaps their paths in memory. Prints once what each file that it
 * got begins with, and whether a descriptor has other flags than were asked for. Arguments: two paths of one length.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPENS 400

static char path[256];
static char *const *paths;
static atomic_bool ended;

static void *
swap (void *data)
{
  for (unsigned turn = 0; !atomic_load (&ended); turn++)
    memcpy (path, paths[turn & 1], strlen (paths[0])); /* the two have one beginning, so a half of each is neither */
  return data;
}

int
main (int argc, char **argv)
{
  char seen[8][32] = { "" };
  pthread_t thread;
  int count = 0;
  paths = argv + 1;
  if (argc != 3 || strlen (argv[1]) != strlen (argv[2]) || strlen (argv[1]) >= sizeof path)
    return 2;
  (void)strcpy (path, argv[1]);
  if (pthread_create (&thread, NULL, swap, NULL) != 0)
    return 2;
  for (int i = 0; i < OPENS; i++)
    {
      char text[32] = "";
      int known = 0, fd = (int)syscall (SYS_openat, AT_FDCWD, path, O_RDONLY | (i & 1 ? O_CLOEXEC : 0));
      if (fd < 0)
        continue;
      if (fcntl (fd, F_GETFD) != (i & 1 ? FD_CLOEXEC : 0) || fcntl (fd, F_GETFL) & O_NONBLOCK)
        puts ("other flags");
      (void)!read (fd, text, sizeof text - 1);
      (void)close (fd);
      text[strcspn (text, "\n")] = '\0';
      for (int s = 0; s < count; s++)
        known |= strcmp (seen[s], text) == 0;
      if (!known && count < 8)
        puts (strcpy (seen[count++], text));
    }
  atomic_store (&ended, true);
  (void)pthread_join (thread, NULL);
  return 0;
}
