# gRPC and protobuf. Debian ships no CMake files of gRPC 1.51 that find its own plugin, so the
# libraries are named here.
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)  # gRPC's headers call it
find_library(GRPCPP_LIBRARY grpc++ REQUIRED)
find_library(GRPCPP_REFLECTION_LIBRARY grpc++_reflection REQUIRED)
find_library(GRPC_LIBRARY grpc REQUIRED)
find_library(GPR_LIBRARY gpr REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

add_library(grpc_client INTERFACE)
target_link_libraries(grpc_client INTERFACE ${GRPCPP_LIBRARY} ${GRPC_LIBRARY} ${GPR_LIBRARY}
                                            absl::synchronization protobuf::libprotobuf)
# With server reflection, which has to be linked whole to register itself.
add_library(grpc_server INTERFACE)
target_link_libraries(grpc_server INTERFACE grpc_client -Wl,--no-as-needed
                                            ${GRPCPP_REFLECTION_LIBRARY} -Wl,--as-needed)
