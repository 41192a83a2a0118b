# Cross-builds for 64-bit Windows with mingw-w64 (Debian: g++-mingw-w64-x86-64-posix).
# For the extension the folder of a Windows CPython is named: -DBITSCB3_WINDOWS_PYTHON=…, with
# include/ and libs/python3XY.lib in it.

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32 ${BITSCB3_WINDOWS_LIBRARIES})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

# What GCC brings goes into the file itself: users have none of it.
foreach(kind SHARED MODULE EXE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT "-static")
endforeach()

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
