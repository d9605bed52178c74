// SPDX-License-Identifier: MIT
// Swap on a compressed disk in memory.
#pragma once

namespace stackshift {

/// Has /dev/zram0 as swap. The destructor turns it off.
class SwapArea {
  public:
    SwapArea();
    ~SwapArea();
    SwapArea(const SwapArea&) = delete;
    SwapArea& operator=(const SwapArea&) = delete;
    bool on() const { return on_; }
    /// Brings back all that was swapped out. False where that fails.
    bool turn_off();

  private:
    bool on_ = false;
};

}  // namespace stackshift
