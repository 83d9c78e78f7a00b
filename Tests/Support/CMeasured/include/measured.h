// Marks what callgrind counts: `--toggle-collect=measured` collects while this function is on the stack.
#pragma once

/// Calls `body`; never inlined, never a tail call.
void measured(void (*body)(void *), void *argument);
