#ifndef CFLOYDLINUX_H
#define CFLOYDLINUX_H

#include "floyd_sockets.h"

#endif
