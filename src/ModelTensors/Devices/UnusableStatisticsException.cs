namespace ModelTensors.Devices;

/// <summary>Statistics by which elements are weighted are negative, NaN or infinite.</summary>
public sealed class UnusableStatisticsException : ModelDataException
{
    internal UnusableStatisticsException(int input, long count)
        : base($"{count} elements of the statistics are negative, NaN or infinite. Weights of elements are finite numbers from 0: compute the statistics anew.")
    {
        Input = input;
        Count = count;
    }

    /// <summary>Gets the index of the statistics among the inputs.</summary>
    public int Input { get; }

    /// <summary>Gets the number of elements at fault.</summary>
    public long Count { get; }
}
