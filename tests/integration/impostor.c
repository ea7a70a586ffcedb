/* Takes husk-init's process name, and is executed from a memfd like husk-init. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  (void)prctl (PR_SET_NAME, "husk:init");
  if (argc > 1)
    for (;;)
      (void)pause ();
  int copy = memfd_create ("husk-init", 0), program = open (argv[0], O_RDONLY);
  while (sendfile (copy, program, NULL, 1 << 20) > 0)
    ;
  (void)fexecve (copy, (char *[]){ "husk:init", "again", NULL }, (char *[]){ NULL });
  return 1;
}
