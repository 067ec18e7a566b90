using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Inspection;

/// <summary>Says what a checkpoint holds: a model, an adapter, or any set of tensors.</summary>
/// <example>
/// <code>
/// using TensorSet model = new ModelResolver().Open("org/name");
/// CheckpointInspection inspection = CheckpointInspector.Inspect(model);
/// Console.WriteLine($"{inspection.ParameterCount:N0} parameters, {inspection.NonFiniteCount} of them not finite");
/// </code>
/// </example>
public static class CheckpointInspector
{
    /// <summary>Reads all tensors once, in bounded memory, and counts what is not finite.</summary>
    /// <param name="model">The checkpoint; the caller disposes it.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <param name="progress">Told how far the inspection is.</param>
    /// <param name="cancellationToken">Stops the inspection between tiles.</param>
    /// <exception cref="ModelDataException">A file cannot be read in full, or <c>adapter_config.json</c> is not JSON.</exception>
    public static CheckpointInspection Inspect(
        TensorSet model, InspectionOptions? options = null, IProgress<InspectionProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckpointInspection headers = InspectHeaders(model);
        options ??= new InspectionOptions();
        using CpuDevice? own = options.CreateDevice();
        TensorDevice device = options.Device ?? own!;
        InspectionMeter meter = new(headers.Tensors.Count, headers.Tensors.Where(IsRead).Sum(tensor => tensor.Info.ByteLength), progress);
        SessionOptions session = new() { BytesRead = meter.Add, CancellationToken = cancellationToken };
        List<TensorInspection> tensors = [];
        foreach (TensorInspection tensor in headers.Tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            meter.Start(tensor.Info.Name);
            tensors.Add(IsRead(tensor) && model.TryGet(tensor.Info.Name, out TensorSource? source) ? Read(tensor, source, device, session) : tensor);
            meter.Complete();
        }

        return headers with { Tensors = tensors, NonFiniteCount = tensors.Sum(tensor => tensor.NonFiniteCount ?? 0) };
    }

    /// <summary>Says what is known without reading a tensor.</summary>
    /// <param name="model">The checkpoint; the caller disposes it.</param>
    /// <exception cref="CheckpointException"><c>adapter_config.json</c> is not JSON.</exception>
    public static CheckpointInspection InspectHeaders(TensorSet model)
    {
        ArgumentNullException.ThrowIfNull(model);
        HashSet<string> dequantized = new(model is Checkpoint checkpoint ? checkpoint.DequantizedNames : [], StringComparer.Ordinal);
        List<TensorInspection> tensors = [];
        foreach (string name in model.Names)
        {
            if (model.TryGet(name, out TensorSource? source))
            {
                tensors.Add(new TensorInspection(new TensorInfo(name, source.DataType, source.Shape)) { IsDequantized = dequantized.Contains(name) });
            }
        }

        return new CheckpointInspection
        {
            Folder = model.Folder,
            Files = model.Files,
            Config = model.Config,
            AdapterConfig = AdapterConfigFile.Read(model),
            Tensors = tensors,
        };
    }

    private static bool IsRead(TensorInspection tensor) => tensor.Info.DataType.IsFloatingPoint && tensor.Info.Shape.ElementCount > 0;

    private static TensorInspection Read(TensorInspection tensor, TensorSource source, TensorDevice device, SessionOptions options)
    {
        using TensorSession session = device.Open([source], options);
        double norm = session.Gram([0]).Norm(0);
        return tensor with { NonFiniteCount = session.NonFiniteInputs[0], Norm = norm };
    }
}
