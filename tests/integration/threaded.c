/* A thread other than the first calls rmdir; the program prints a line if it survives. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *
call (void *nothing)
{
  (void)rmdir ("/nowhere");
  return nothing;
}

int
main (void)
{
  pthread_t other;
  if (pthread_create (&other, NULL, call, NULL) != 0 || pthread_join (other, NULL) != 0)
    return 1;
  (void)puts ("lives on");
  return 0;
}
