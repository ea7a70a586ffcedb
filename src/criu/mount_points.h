/*
 * Mount points in a root file system that may be a fresh copy. CRIU requires them to exist.
 */
#ifndef HUSK_CRIU_MOUNT_POINTS_H
#define HUSK_CRIU_MOUNT_POINTS_H

#include <stdbool.h>

/* Makes a directory or an empty file, and the directories above it, unless it exists. Failures are not reported: CRIU
 * reports a missing mount point. */
void mount_point_make (int root, const char *path, bool directory);

#endif
