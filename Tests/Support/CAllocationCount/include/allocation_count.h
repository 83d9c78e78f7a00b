// Counts the heap allocations of the calling thread, by standing in front of the C library's allocator.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// False where a sanitizer owns the allocator: nothing is counted there.
bool allocation_count_is_available(void);
/// Begins counting on this thread, from zero.
void allocation_count_start(void);
/// Ends counting on this thread and returns the number of allocations since `allocation_count_start`.
uint64_t allocation_count_stop(void);
/// Bytes asked for since `allocation_count_start`; stays readable after the stop.
uint64_t allocation_count_bytes(void);
