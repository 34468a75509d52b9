import { byId } from './element.js';

/** Shows the camera in a dialogue and hands over what it takes. */
export class Camera {
  private readonly dialog = byId<HTMLDialogElement>('camera');
  private readonly video = byId<HTMLVideoElement>('camera-view');
  private take: (photo: Blob) => void = () => undefined;

  /** @param say takes a sentence for the user */
  constructor(private readonly say: (sentence: string) => void) {
    byId('camera-take').addEventListener('click', () => void this.shoot());
    byId('camera-close').addEventListener('click', () => this.dialog.close());
    this.dialog.addEventListener('close', () => this.stop());
  }

  /** @param take gets every photo that is taken until the dialogue is closed */
  async open(title: string, take: (photo: Blob) => void): Promise<void> {
    this.take = take;
    byId('camera-title').textContent = title;
    byId('camera-count').textContent = '';
    try {
      this.video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch (error) {
      const denied = error instanceof DOMException && error.name === 'NotAllowedError';
      this.say(
        denied
          ? 'The browser does not let this page use the camera. Allow it in the address bar, or open a photo instead.'
          : 'There is no camera that this page can use. Open a photo instead.',
      );
      return;
    }
    this.dialog.showModal();
    await this.video.play();
  }

  private count = 0;

  private async shoot(): Promise<void> {
    const { videoWidth, videoHeight } = this.video;
    const canvas = new OffscreenCanvas(videoWidth, videoHeight);
    (canvas.getContext('2d') as OffscreenCanvasRenderingContext2D).drawImage(this.video, 0, 0);
    this.take(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 }));
    byId('camera-count').textContent = `${++this.count} taken`;
  }

  private stop(): void {
    (this.video.srcObject as MediaStream | null)?.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
    this.count = 0;
  }

  close(): void {
    this.dialog.close();
  }

  /** Has a button take one photo. */
  takesOne(button: HTMLElement, use: (photo: Blob) => void): void {
    button.addEventListener(
      'click',
      () =>
        void this.open('Take a photo', (photo) => {
          this.close();
          use(photo);
        }),
    );
  }
}
