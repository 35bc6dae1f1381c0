"""Many accounts: read and judged several at a time, by threads of this machine or by the workers of a Dask cluster.

What travels to a worker names accounts and roles, and holds no credentials; what comes back is judged already.
"""
