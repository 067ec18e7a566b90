namespace ModelTensors.Devices;

/// <summary>A row has more elements than can be ranked in the working memory.</summary>
public sealed class RowTooLongException : ModelDataException
{
    internal RowTooLongException(long length, long limit, long workingMemory)
        : base(
            $"A row of {length} elements cannot be ranked: in a working memory of {workingMemory} bytes a row has at most {limit}. Give the merge more working memory.")
    {
        Length = length;
        Limit = limit;
    }

    /// <summary>Gets the number of elements of the row.</summary>
    public long Length { get; }

    /// <summary>Gets the largest number of elements that the working memory allows.</summary>
    public long Limit { get; }
}
