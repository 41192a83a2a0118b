# hardening.cmake - flags that turn a fault of memory into the end of the program, or make it harder to use.
# For everything compiled here, not for who links bitscb3::engine. Each is asked for where the compiler has it.
# Source: OpenSSF, Compiler Options Hardening Guide for C and C++; gcc(1), ld(1); /GUARD of MSVC.

include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)

if(MSVC)
  add_compile_options(/sdl /guard:cf)
  add_link_options(/guard:cf)
  return()
endif()

# compile_with(FLAG...): those that the compiler knows.
function(compile_with)
  foreach(flag ${ARGN})
    string(MAKE_C_IDENTIFIER "BITSCB3_HAS_${flag}" known)
    check_cxx_compiler_flag(${flag} ${known})
    if(${known})
      add_compile_options(${flag})
    endif()
  endforeach()
endfunction()

# link_with(FLAG...): those that the linker knows.
function(link_with)
  foreach(flag ${ARGN})
    string(MAKE_C_IDENTIFIER "BITSCB3_HAS_${flag}" known)
    check_linker_flag(CXX "LINKER:${flag}" ${known})
    if(${known})
      add_link_options("LINKER:${flag}")
    endif()
  endforeach()
endfunction()

compile_with(-fstack-protector-strong -Wformat=2)
# FORTIFY has no effect without optimisation, and glibc warns. A distribution may have set it by itself. With
# the code as it is the compiler proves every call in bounds, or knows no bounds: no check is left in it.
set(optimised $<NOT:$<OR:$<CONFIG:Debug>,$<CONFIG:>>>)
set(level 2)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang OR CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12)
  set(level 3) # sizes that are known only when it runs
endif()
add_compile_options($<${optimised}:-U_FORTIFY_SOURCE> $<${optimised}:-D_FORTIFY_SOURCE=${level}>)
add_compile_definitions(_GLIBCXX_ASSERTIONS)

if(WIN32)
  add_link_options(-fstack-protector-strong) # its functions are in a library of GCC's own
  link_with(--dynamicbase --nxcompat --high-entropy-va)
  return()
endif()
compile_with(-fstack-clash-protection)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  compile_with(-fcf-protection)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  compile_with(-mbranch-protection=standard)
endif()
if(NOT APPLE) # whose linker does the like by itself
  link_with(-z,relro -z,now -z,noexecstack)
endif()
