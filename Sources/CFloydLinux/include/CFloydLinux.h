#ifndef CFLOYDLINUX_H
#define CFLOYDLINUX_H

#endif
