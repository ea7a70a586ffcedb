# linux.resources.hugepageLimits
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
  needs hugetlb
}

# proves: /linux/resources/hugepageLimits /linux/resources/hugepageLimits/*/pageSize
# proves: /linux/resources/hugepageLimits/*/limit
@test "limits on used and on reserved huge pages reach the kernel" {
  limits '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
  container_up
  reads hugetlb hugetlb.2MB.limit_in_bytes hugetlb.2MB.max 4194304
  reads hugetlb hugetlb.2MB.rsvd.limit_in_bytes hugetlb.2MB.rsvd.max 4194304
}

@test "a huge page size that this kernel lacks is refused" {
  limits '{"hugepageLimits": [{"pageSize": "3MB", "limit": 4194304}]}'
  refused /linux/resources/hugepageLimits/0 hugetlb.3MB
}

@test "events counts huge pages" {
  limits '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
  container_up
  run husk events --stats "$ID"
  succeeded
  jq -e '.data.hugetlb["2MB"] | .failcnt == 0' <<<"$output"
}
