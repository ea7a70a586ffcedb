/*
 * key_label: prints the SELinux context of its session keyring, and adds a key to it.
 */
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int
main (void)
{
  char label[256] = "";
  if (syscall (SYS_keyctl, KEYCTL_GET_SECURITY, KEY_SPEC_SESSION_KEYRING, label, sizeof label - 1) < 0)
    {
      perror ("keyctl");
      return 1;
    }
  if (syscall (SYS_add_key, "user", "a-key", "x", 1, KEY_SPEC_SESSION_KEYRING) < 0)
    {
      perror ("add_key");
      return 1;
    }
  puts (label);
  return 0;
}
