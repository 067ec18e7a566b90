using ModelTensors.Devices;

namespace ModelTensors.Adapters;

/// <summary>One tensor of a model with adapters, as it is written.</summary>
/// <param name="Source">The tensor.</param>
/// <param name="Output">Its name, type and shape in the output.</param>
/// <param name="IsAdapted">Whether an adapter changed it.</param>
internal sealed record MergedTensor(TensorSource Source, TensorInfo Output, bool IsAdapted)
{
    /// <summary>Decides the types of all tensors.</summary>
    /// <exception cref="AdapterException">Tensors are of types that cannot be written.</exception>
    public static MergedTensor[] Plan(AdaptedModel model, DataType? outputType)
    {
        HashSet<string> adapted = [.. model.AdaptedNames];
        List<MergedTensor> tensors = [];
        List<AdapterProblem> problems = [];
        foreach (string name in model.Names)
        {
            if (!model.TryGet(name, out TensorSource? source))
            {
                throw new InvalidOperationException($"The model lists tensor '{name}' but does not have it.");
            }

            DataType type = !source.DataType.IsFloatingPoint ? source.DataType : outputType ?? source.StoredDataType;
            if (type != source.DataType && type.IsFloat8)
            {
                problems.Add(new AdapterProblem(
                    AdapterError.UnsupportedType,
                    $"Tensor '{name}' is stored as {type.SafetensorsName}, in which changed weights are not written: choose another output type, such as BF16.",
                    name));
            }

            tensors.Add(new MergedTensor(source, new TensorInfo(name, type, source.Shape), adapted.Contains(name)));
        }

        return problems.Count == 0 ? [.. tensors] : throw new AdapterException(problems, model.Folder);
    }

    /// <summary>Writes the tensor.</summary>
    /// <exception cref="AdapterException">The result has elements that are not finite, which a tensor that no adapter changed had before.</exception>
    public void Write(TensorSink sink, TensorDevice device, SessionOptions options)
    {
        if (Source.Shape.ElementCount == 0)
        {
            return;
        }

        using TensorSession session = device.Open([Source], options);
        session.Copy(0, sink);
        long before = Source.DataType.IsFloatingPoint ? session.NonFiniteInputs[0] : 0;
        long count = IsAdapted ? Math.Max(before, session.NonFiniteOutputs) : Math.Max(0, session.NonFiniteOutputs - before);
        if (count > 0)
        {
            throw new AdapterException(
                [
                    new AdapterProblem(
                        AdapterError.NonFiniteResult,
                        $"{count} elements of the merged tensor '{Output.Name}' are NaN or infinite as {Output.DataType.SafetensorsName}: model or adapter are not sound, or a wider output type is needed.",
                        Output.Name),
                ]);
        }
    }
}
