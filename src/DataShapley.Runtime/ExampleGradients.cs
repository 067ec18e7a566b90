using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Training;
using ModelTensors;

namespace DataShapley.Runtime;

/// <summary>The gradient of each example's loss, which scores by gradients take: TracIn, TRAK and LESS.</summary>
public static class ExampleGradients
{
    /// <summary>Computes the gradients.</summary>
    /// <param name="model">The model, with the parameters attached. Their gradients are zero afterwards.</param>
    /// <param name="parameters">What the gradients are with respect to: low-rank factors, as those of all weights of a model are many.</param>
    /// <param name="examples">The examples, at least one.</param>
    /// <param name="progress">Hears how many are done.</param>
    /// <param name="cancellationToken">Stops between examples.</param>
    /// <returns>F32 of shape [examples, elements of all parameters]; the loss is the mean over an example's labels. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">There are no parameters or no examples.</exception>
    public static HostTensor Compute(
        DecoderModel model,
        IReadOnlyList<Parameter> parameters,
        IReadOnlyList<TrainingExample> examples,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfZero(parameters.Count);
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        long width = parameters.Sum(parameter => parameter.Value.Shape.ElementCount);
        HostTensor gradients = new(DataType.F32, new TensorShape(examples.Count, width));
        try
        {
            ForEachPiece(parameters, (parameter, start, count, _) => parameter.Gradient.AsSpan<float>(start, count).Clear());
            for (int example = 0; example < examples.Count; example++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int[] labels = new int[examples[example].Tokens.Length];
                examples[example].WriteLabels(labels);
                model.AddGradients(TokenBatch.Of(examples[example].Tokens), labels, 1.0 / examples[example].LabelCount, cancellationToken: cancellationToken);
                long row = example * width;
                ForEachPiece(parameters, (parameter, start, count, column) =>
                {
                    Span<float> gradient = parameter.Gradient.AsSpan<float>(start, count);
                    gradient.CopyTo(gradients.AsSpan<float>(row + column, count));
                    gradient.Clear();
                });
                progress?.Report(example + 1);
            }

            return gradients;
        }
        catch
        {
            gradients.Dispose();
            throw;
        }
    }

    /// <summary>Spans are shorter than large tensors.</summary>
    private static void ForEachPiece(IReadOnlyList<Parameter> parameters, Action<Parameter, long, int, long> action)
    {
        const int most = 1 << 20;
        long column = 0;
        foreach (Parameter parameter in parameters)
        {
            long length = parameter.Value.Shape.ElementCount;
            for (long start = 0; start < length; start += most)
            {
                action(parameter, start, (int)Math.Min(most, length - start), column + start);
            }

            column += length;
        }
    }
}
