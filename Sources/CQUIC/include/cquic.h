#pragma once
#include <stdint.h>
#include <stddef.h>
/* What Swift cannot import: versioned macros, cmsg, GSO/GRO, recvmmsg. No policy. */
