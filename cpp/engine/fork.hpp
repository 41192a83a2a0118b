// SPDX-License-Identifier: MIT
// fork.hpp - what a fork of the process finds at rest, and what the child lets go of: SQLite, and
// locks of files that a child would share. The child can then open a store of its own, also the
// one of its parent.

#pragma once

namespace bitscb3 {

/// While it lives, a fork waits. Threads: the one that made it, any number inside of each other.
class NoFork {
  public:
    NoFork();
    NoFork(const NoFork&) = delete;
    NoFork& operator=(const NoFork&) = delete;
    ~NoFork();
};

/// A base of what a forked child may not keep. A fork finds it whole: enter() is the last thing in
/// the constructor and leave() the first in the destructor, both while a NoFork lives.
class Inherited {
  public:
    Inherited(const Inherited&) = delete;
    Inherited& operator=(const Inherited&) = delete;

    /// In the child, before anything else runs there: close what is open. No destructor follows.
    virtual void let_go() noexcept = 0;

  protected:
    Inherited() = default;
    ~Inherited() = default;
    void enter();
    void leave() noexcept;
};

} // namespace bitscb3
