using System.Collections.Concurrent;

namespace ModelRuntime.Encoders;

/// <summary>Does work for each row on some threads. Rows do not depend on each other, so threads change nothing.</summary>
internal sealed class RowWork(int threads)
{
    // Fewer rows are done before a second thread has woken.
    private const int BlockSize = 16;

    private readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = threads };

    public void ForEach(int count, Action<int> work)
    {
        if (threads == 1 || count <= BlockSize)
        {
            for (int row = 0; row < count; row++)
            {
                work(row);
            }

            return;
        }

        Parallel.ForEach(Partitioner.Create(0, count, BlockSize), _options, block =>
        {
            for (int row = block.Item1; row < block.Item2; row++)
            {
                work(row);
            }
        });
    }
}
