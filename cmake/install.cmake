# The embedded BITS for other programs: headers, static libraries, a CMake package, a pkg-config file.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/bitscb3)
set_target_properties(bitscb3_base PROPERTIES EXPORT_NAME base)
set_target_properties(bitscb3_engine PROPERTIES EXPORT_NAME engine)
install(TARGETS bitscb3_base bitscb3_engine EXPORT bitscb3
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY cpp/include/bitscb3 DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT bitscb3 NAMESPACE bitscb3:: FILE bitscb3-targets.cmake DESTINATION ${package_dir})

configure_package_config_file(cmake/bitscb3-config.cmake.in bitscb3-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(bitscb3-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/bitscb3-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/bitscb3-config-version.cmake
        DESTINATION ${package_dir})

file(RELATIVE_PATH include_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /${CMAKE_INSTALL_INCLUDEDIR})
configure_file(cmake/bitscb3.pc.in bitscb3.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/bitscb3.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
