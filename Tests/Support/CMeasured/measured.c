#include "measured.h"

__attribute__((noinline)) void measured(void (*body)(void *), void *argument) {
    body(argument);
    __asm__ volatile("" ::: "memory");
}
