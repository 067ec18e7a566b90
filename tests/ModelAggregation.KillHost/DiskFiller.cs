using ModelAggregation.Merging;

namespace ModelAggregation.KillHost;

/// <summary>Once so many tensors are complete, writes a file until the disk takes no more: what another program does to a merge.</summary>
internal sealed class DiskFiller(string path, int afterTensors) : IProgress<MergeProgress>
{
    private bool _isFull;

    public void Report(MergeProgress value)
    {
        if (_isFull || value.TensorsDone < afterTensors)
        {
            return;
        }

        _isFull = true;
        byte[] block = new byte[1 << 16];
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (int length = block.Length; length > 0;)
        {
            try
            {
                file.Write(block, 0, length);
            }
            catch (IOException)
            {
                // Smaller and smaller, until not even a byte fits.
                length /= 2;
            }
        }
    }
}
