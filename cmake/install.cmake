include(GNUInstallDirs)

install(TARGETS fedtide RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY scenarios/ DESTINATION ${CMAKE_INSTALL_DATADIR}/fedtide/scenarios)
install(DIRECTORY scripts/fedtide DESTINATION ${CMAKE_INSTALL_DATADIR}/fedtide/python
        PATTERN "__pycache__" EXCLUDE)
install(FILES README.md LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "Fedtide developers <fedtide@example.org>")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "python3-h5py, python3-numpy, python3-matplotlib")
include(CPack)
