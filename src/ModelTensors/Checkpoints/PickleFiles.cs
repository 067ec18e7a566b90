namespace ModelTensors.Checkpoints;

/// <summary>Weights that Python pickled: never read, since reading them means running their code.</summary>
internal static class PickleFiles
{
    public static bool IsPickle(string path) =>
        Path.GetExtension(path).ToUpperInvariant() is ".BIN" or ".PT" or ".PTH" or ".CKPT" or ".PKL" or ".PICKLE";

    public static CheckpointException Refuse(string path) => new(
        CheckpointError.PickleFile,
        $"'{path}' holds pickled weights, which are not read because loading them runs code. Convert them in Python: "
            + "model.save_pretrained(folder, safe_serialization=True) of transformers, or safetensors.torch.save_file(state_dict, path).",
        path);
}
