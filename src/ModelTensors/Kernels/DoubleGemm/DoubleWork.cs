namespace ModelTensors.Kernels;

/// <summary>Parts of a product in double that threads take one after the other. Parts share nothing, so which thread takes which changes nothing.</summary>
internal abstract class DoubleWork
{
    private const int CacheLine = 64;

    private int _nextPart;

    /// <summary>Computes all parts.</summary>
    /// <param name="parts">The number of parts.</param>
    /// <param name="threads">The most threads to use.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    protected void Run(int parts, int threads, CancellationToken cancellationToken)
    {
        int workers = Math.Min(threads, parts);
        if (workers <= 1)
        {
            Work(parts, cancellationToken);
        }
        else
        {
            // The token is not handed to the loop: workers stop by themselves, and the caller sees one exception.
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ => Work(parts, cancellationToken));
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Computes a part; ends soon after the token is cancelled.</summary>
    protected abstract void Compute(int part, CancellationToken cancellationToken);

    /// <summary>Aligns a buffer to a cache line, so that no vector of a panel straddles two.</summary>
    protected static unsafe double* Align(double* buffer) => (double*)(((nuint)buffer + CacheLine - 1) & ~(nuint)(CacheLine - 1));

    /// <summary>The length to rent for so many aligned doubles.</summary>
    protected static int WithAlignment(long length) => checked((int)length + (CacheLine / sizeof(double)));

    private void Work(int parts, CancellationToken cancellationToken)
    {
        for (int part; !cancellationToken.IsCancellationRequested && (part = Interlocked.Increment(ref _nextPart) - 1) < parts;)
        {
            Compute(part, cancellationToken);
        }
    }
}
