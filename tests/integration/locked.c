/*
 * Locks a file (flock(2)) and executes a program, which keeps the lock.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  int fd = argc > 2 ? open (argv[1], O_RDWR | O_CREAT, 0600) : -1;
  if (fd < 0 || flock (fd, LOCK_EX | LOCK_NB) < 0)
    return perror ("lock"), 1;
  execvp (argv[2], argv + 2);
  return perror ("execute"), 1;
}
