# SPDX-License-Identifier: GPL-2.0-only
#
# mc_bpf_programs(TARGET): an interface library with NAME.skel.h for every
# daemon/bpf/NAME.bpf.c. The objects hold no kernel's headers (CO-RE), so one
# build runs on every kernel with BTF.
find_program(MC_BPF_CLANG NAMES clang clang-14 clang-15 clang-16 clang-17 clang-18 clang-19 REQUIRED)
find_program(MC_BPFTOOL bpftool PATHS /usr/sbin /usr/local/sbin REQUIRED)
pkg_check_modules(LIBBPF REQUIRED IMPORTED_TARGET libbpf>=1.0)

# bpf_tracing.h finds arguments by the machine that it runs on.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
    set(MC_BPF_ARCH x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(MC_BPF_ARCH arm64)
else()
    message(FATAL_ERROR "the eBPF programs know no ${CMAKE_SYSTEM_PROCESSOR} yet: "
                        "add it to cmake/BpfPrograms.cmake")
endif()

function(mc_bpf_programs target)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/bpf)
    file(MAKE_DIRECTORY ${folder})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/bpf/*.bpf.c)
    file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/bpf/*.h
         ${PROJECT_SOURCE_DIR}/include/memory_collector/*.h)
    set(skeletons)
    foreach(source ${sources})
        get_filename_component(name ${source} NAME_WE)
        # A kernel of either byte order may be collected for from one build folder.
        foreach(order bpfel bpfeb)
            add_custom_command(
                OUTPUT ${folder}/${name}.${order}.o
                COMMAND ${MC_BPF_CLANG} -g -O2 -Wall -Wextra -Werror -Wno-unused-parameter
                        -target ${order} -D__TARGET_ARCH_${MC_BPF_ARCH}
                        -I ${PROJECT_SOURCE_DIR}/include
                        -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
                        -c ${source} -o ${folder}/${name}.${order}.o
                DEPENDS ${source} ${headers}
                COMMENT "Compiling eBPF program ${name} (${order})"
                VERBATIM)
        endforeach()
        add_custom_command(
            OUTPUT ${folder}/${name}.skel.h
            COMMAND ${MC_BPFTOOL} gen skeleton ${folder}/${name}.bpfel.o name ${name}
                    > ${folder}/${name}.skel.h
            DEPENDS ${folder}/${name}.bpfel.o ${folder}/${name}.bpfeb.o
            COMMENT "Generating ${name}.skel.h"
            VERBATIM)
        list(APPEND skeletons ${folder}/${name}.skel.h)
    endforeach()
    add_custom_target(${target}_files DEPENDS ${skeletons})
    add_library(${target} INTERFACE)
    add_dependencies(${target} ${target}_files)
    target_include_directories(${target} SYSTEM INTERFACE ${folder})
    target_link_libraries(${target} INTERFACE PkgConfig::LIBBPF)
endfunction()
