# linux.resources.rdma
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
}

# proves: /linux/resources/rdma /linux/resources/rdma/*
@test "limits of a missing rdma device are the kernel's error; a missing controller is reported" {
  limits '{"rdma": {"mlx5_none": {"hcaHandles": 3, "hcaObjects": 100}}}'
  if v1_has rdma || v2_has rdma; then
    refused /linux/resources/rdma/mlx5_none 'write "mlx5_none hca_handle=3 hca_object=100" to rdma.max'
  else
    refused /linux/resources/rdma/mlx5_none 'the rdma controller'
  fi
}
