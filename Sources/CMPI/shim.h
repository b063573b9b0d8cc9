#ifndef PLANISH_CMPI_H
#define PLANISH_CMPI_H

// MPI's communicators and types are macros with casts, which Swift does not see. Errors end all processes: that is MPI's default.

#include <mpi.h>
#include <stdint.h>
#include <stdlib.h>

// The largest message: MPI counts with an int.
#define PLANISH_MPI_CHUNK ((int64_t)1 << 30)

static inline void planish_mpi_begin(int32_t *rank, int32_t *count) {
  int provided, r, n;
  MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &r);
  MPI_Comm_size(MPI_COMM_WORLD, &n);
  *rank = r;
  *count = n;
}

static inline void planish_mpi_end(void) { MPI_Finalize(); }

static inline void planish_mpi_abort(int32_t status) { MPI_Abort(MPI_COMM_WORLD, status); }

static inline int planish_mpi_host_size(void) { return MPI_MAX_PROCESSOR_NAME; }

static inline void planish_mpi_host(char *name) {
  int length;
  MPI_Get_processor_name(name, &length);
}

static inline void planish_mpi_send(const void *bytes, int64_t size, int32_t to) {
  MPI_Send(&size, 1, MPI_INT64_T, to, 0, MPI_COMM_WORLD);
  for (int64_t start = 0; start < size; start += PLANISH_MPI_CHUNK) {
    int64_t left = size - start;
    MPI_Send((const char *)bytes + start, (int)(left < PLANISH_MPI_CHUNK ? left : PLANISH_MPI_CHUNK), MPI_BYTE, to, 1, MPI_COMM_WORLD);
  }
}

static inline int64_t planish_mpi_receive_size(int32_t from) {
  int64_t size;
  MPI_Recv(&size, 1, MPI_INT64_T, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  return size;
}

static inline void planish_mpi_receive(void *bytes, int64_t size, int32_t from) {
  for (int64_t start = 0; start < size; start += PLANISH_MPI_CHUNK) {
    int64_t left = size - start;
    MPI_Recv((char *)bytes + start, (int)(left < PLANISH_MPI_CHUNK ? left : PLANISH_MPI_CHUNK), MPI_BYTE, from, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
}

// How many bytes each rank has for this one.
static inline void planish_mpi_sizes(const int64_t *outgoing, int64_t *incoming) {
  MPI_Alltoall(outgoing, 1, MPI_INT64_T, incoming, 1, MPI_INT64_T, MPI_COMM_WORLD);
}

// Bytes for every rank lie one after the other, and so do those from every rank; sizes are known to both sides. None are this rank's own.
static inline void planish_mpi_exchange(
    const void *outgoing, const int64_t *outgoing_sizes, void *incoming, const int64_t *incoming_sizes, int32_t count) {
  int64_t requests = 0;
  for (int32_t rank = 0; rank < count; rank++)
    requests += (outgoing_sizes[rank] + PLANISH_MPI_CHUNK - 1) / PLANISH_MPI_CHUNK
      + (incoming_sizes[rank] + PLANISH_MPI_CHUNK - 1) / PLANISH_MPI_CHUNK;
  MPI_Request *all = (MPI_Request *)malloc((size_t)(requests ? requests : 1) * sizeof(MPI_Request));
  int next = 0;
  char *target = (char *)incoming;
  for (int32_t rank = 0; rank < count; rank++)
    for (int64_t left = incoming_sizes[rank]; left > 0;) {
      int64_t size = left < PLANISH_MPI_CHUNK ? left : PLANISH_MPI_CHUNK;
      MPI_Irecv(target, (int)size, MPI_BYTE, rank, 2, MPI_COMM_WORLD, &all[next++]);
      target += size;
      left -= size;
    }
  const char *source = (const char *)outgoing;
  for (int32_t rank = 0; rank < count; rank++)
    for (int64_t left = outgoing_sizes[rank]; left > 0;) {
      int64_t size = left < PLANISH_MPI_CHUNK ? left : PLANISH_MPI_CHUNK;
      MPI_Isend(source, (int)size, MPI_BYTE, rank, 2, MPI_COMM_WORLD, &all[next++]);
      source += size;
      left -= size;
    }
  MPI_Waitall(next, all, MPI_STATUSES_IGNORE);
  free(all);
}

#endif
