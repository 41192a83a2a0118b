# windows-mingw.cmake - the toolchain file for programs for Windows, built elsewhere with mingw-w64.
#
#   cmake -S . -B build/windows/cpp -DCMAKE_TOOLCHAIN_FILE=cmake/windows-mingw.cmake
#
# BITSCB3_WINDOWS_LIBRARIES: the folder scripts/windows-libraries fills; it may be missing.
# BITSCB3_WINDOWS_PYTHON: for the extension, the folder of a Windows CPython, with include/ and
# libs/python3XY.lib in it.

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix) # -posix: std::thread and std::mutex
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

set(BITSCB3_WINDOWS_LIBRARIES ${CMAKE_CURRENT_LIST_DIR}/../build/windows/libraries CACHE PATH
    "Where libraries for Windows are")
set(CMAKE_FIND_ROOT_PATH ${BITSCB3_WINDOWS_LIBRARIES} /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# The compiler's own libraries are not on a Windows machine.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_SHARED_LINKER_FLAGS_INIT -static)
set(CMAKE_MODULE_LINKER_FLAGS_INIT -static)

set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES BITSCB3_WINDOWS_PYTHON BITSCB3_WINDOWS_LIBRARIES)
if(BITSCB3_WINDOWS_PYTHON)
  file(GLOB python_library ${BITSCB3_WINDOWS_PYTHON}/libs/python3[0-9]*.lib)
  string(REGEX REPLACE "^.*/python(3[0-9]+)\\.lib$" "cp\\1" python_tag "${python_library}")
  set(Python_INCLUDE_DIR ${BITSCB3_WINDOWS_PYTHON}/include)
  set(Python_LIBRARY ${python_library})
  set(Python_SOABI ${python_tag}-win_amd64)
  set(PYTHON_MODULE_EXT_SUFFIX .${python_tag}-win_amd64.pyd)
  set(PYBIND11_USE_CROSSCOMPILING ON)
endif()
