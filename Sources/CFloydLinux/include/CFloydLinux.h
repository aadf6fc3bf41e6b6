#ifndef CFLOYDLINUX_H
#define CFLOYDLINUX_H

#include "files.h"
#include "floyd_sockets.h"

#endif
